# (a) Twelve devices each add 1 to 5 to "schulden" offline; some hand in twice.  The tally is the sum, once.
workers: an, bo, cas, dia, eva, fem, gijs, hans, ida, jo, kim, leo

sync everybody
an: INSERT INTO telling (team_id, maand, soort, categorie, aantal)
  SELECT team_id, '2026-11', 'ted_vraag', 'schulden', 1 FROM medewerker WHERE id = @an
sync everybody
an: UPDATE telling SET aantal = aantal + 1
bo: UPDATE telling SET aantal = aantal + 2
cas: UPDATE telling SET aantal = aantal + 3
dia: UPDATE telling SET aantal = aantal + 4
eva: UPDATE telling SET aantal = aantal + 5
fem: UPDATE telling SET aantal = aantal + 1
gijs: UPDATE telling SET aantal = aantal + 2
hans: UPDATE telling SET aantal = aantal + 3
ida: UPDATE telling SET aantal = aantal + 4
jo: UPDATE telling SET aantal = aantal + 5
kim: UPDATE telling SET aantal = aantal + 1
leo: UPDATE telling SET aantal = aantal + 2
sync in every order: an, bo, cas, dia, eva, fem, gijs, hans, ida, jo, kim, leo
everywhere: SELECT aantal FROM telling => 34
