// The component that Streamlit mounts: one chart per place on a page, kept for as long as the page is.

import { Chart } from './chart.js';

/** Called when the component is mounted, and again when its data, its theme or its place change. */
export default function canvas({ parentElement, data }) {
  const root = parentElement.querySelector('.canvas');
  root.chart ??= new Chart(root);
  root.chart.show(data);
  return () => {
    root.chart?.remove();
    root.chart = null;
  };
}
