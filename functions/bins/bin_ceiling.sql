{{ bin_search('price', 'ceiling') }}
