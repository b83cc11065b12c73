case
    when number is null then null
    when number >= least_number and number < 'infinity'::double then cast(number as double)
    else error(concat(
        name, ' is ', number, '.', chr(10), '  What to do: give a number, ', least_number, ' or more.'
    ))
end
