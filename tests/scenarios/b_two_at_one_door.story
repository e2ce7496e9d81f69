# (b) Two colleagues of W&I at one door: one found nobody home, the other had a talk.  The furthest outcome stands.
workers: an, bo

sync everybody
an: INSERT INTO vroegsignaal (id, signaal_id, team_id, adres, op, uitkomst)
  SELECT x'01', x'50', team_id, 'Amsterdamsestraatweg 1', '2026-11-20', 'nog_niet' FROM medewerker WHERE id = @an
sync everybody
an: UPDATE vroegsignaal SET uitkomst = 'niet_thuis'
bo: UPDATE vroegsignaal SET uitkomst = 'gesprek'
sync in every order: an, bo
everywhere: SELECT uitkomst FROM vroegsignaal => gesprek
inbox of operator => nothing
