{{ bin_search('price', 'width') }}
