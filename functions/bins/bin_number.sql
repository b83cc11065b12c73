cast({{ bin_search('price', 'number') }} as bigint)
