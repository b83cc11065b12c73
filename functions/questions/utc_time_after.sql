case
    when {{ function('utc_time') }}(until) <= {{ function('utc_time') }}(since) then error(concat(
        'There is nothing from ', cast(since as varchar), ' to ', cast(until as varchar), '.', chr(10),
        '  What to do: let the end come after the beginning.'
    ))
    else coalesce({{ function('utc_time') }}(until), timestamp 'infinity')
end
