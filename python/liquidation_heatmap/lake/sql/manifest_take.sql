-- Takes the rows of the scope out of a table, or all rows.
delete from {table}
where
    $everything
    or exists (
        select 1
        from scope
        where
            scope.market = {table}.market
            and scope.dataset = {table}.dataset
            and scope."interval" is not distinct from {table}."interval"
            and scope.symbol = {table}.symbol
            and scope.month = date_trunc('month', {table}.{date})
    )
returning *
