coalesce(moment >= valid_from, true) and (valid_to is null or coalesce(moment < valid_to, false))
