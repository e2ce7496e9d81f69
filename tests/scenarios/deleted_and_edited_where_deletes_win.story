# An early signal without help is cleared away after a year.  Bas clears it while Yara, offline, still writes down what she found at
# the door: what the law has cleared away does not come back.  Both are told, and what she wrote is in the history of the store.
workers: bas, yara

sync everybody
bas: INSERT INTO vroegsignaal (id, team_id, adres, uitkomst)
  SELECT x'01', team_id, 'Kanaalweg 3', 'niet_thuis' FROM medewerker WHERE id = @bas
sync everybody
bas: DELETE FROM vroegsignaal WHERE id = x'01'
yara: UPDATE vroegsignaal SET uitkomst = 'gesprek' WHERE id = x'01'
sync in every order: bas, yara
everywhere: SELECT count(*) FROM vroegsignaal => 0
inbox of bas => deleted vroegsignaal
inbox of yara => deleted vroegsignaal
yara chooses none
sync everybody
inbox of bas => nothing
inbox of operator => nothing

# What came back into the list is there anew.
yara: INSERT INTO vroegsignaal (id, team_id, adres, uitkomst)
  SELECT x'01', team_id, 'Kanaalweg 3', 'nog_niet' FROM medewerker WHERE id = @yara
sync everybody
everywhere: SELECT uitkomst FROM vroegsignaal => nog_niet
inbox of yara => nothing
