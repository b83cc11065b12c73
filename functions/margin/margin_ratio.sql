case
    when equity > 0 then maintenance_margin / equity
    when equity <= 0 then 'infinity'::double
end
