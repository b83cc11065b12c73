{{ bin_search('price', 'floor') }}
