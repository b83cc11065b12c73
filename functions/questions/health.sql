select * from {{ ref('health') }}
