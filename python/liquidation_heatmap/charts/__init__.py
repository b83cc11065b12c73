"""Figures of the marts. Pure: data frames and arrays in, plotly figures out."""
