case
    when asked is null then null
    when lower(asked) in ('long', 'short') then lower(asked)
    else error(concat('There is no side ', asked, '.', chr(10), '  What to do: say long or short.'))
end
