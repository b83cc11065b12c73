select cohort_models.model

from (
    values
    {% for model in var('cohort_models') -%}
        ('{{ model }}'){{ ',' if not loop.last }}
    {% endfor -%}
) as cohort_models (model)
anti join {{ ref('models') }} as models
    on cohort_models.model = models.model
