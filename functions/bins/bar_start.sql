time_bucket(to_minutes(minutes), moment, timestamp '1970-01-01')
