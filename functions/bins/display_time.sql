{{ function('bar_start') }}(moment - interval '1 microsecond', {{ var('display_minutes') }}) + to_minutes({{ var('display_minutes') }})
