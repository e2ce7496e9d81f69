# A pull lands while a form with a text is open: what was on the form is what the edit was made from.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, analyse) VALUES (x'01', x'd0', 'Mila slaapt slecht. Mama is moe.');
  COMMIT
sync everybody

samira opens ondersteuningsplan 01
joost: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt slecht. Mama is moe en alleen.'
sync joost, samira
samira: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt beter. Mama is moe.'
samira closes ondersteuningsplan 01
sync in every order: samira, joost
everywhere: SELECT analyse FROM ondersteuningsplan => Mila slaapt beter. Mama is moe en alleen.
inbox of samira => nothing

# A form that opens on an own edit which nobody has yet: what came in under that edit is not on the form.
samira: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt veel beter. Mama is moe en alleen.'
joost: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt beter. Mama is moe en alleen. Oma helpt.'
sync joost
samira opens ondersteuningsplan 01
sync samira
samira: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt nu veel beter. Mama is moe en alleen.'
samira closes ondersteuningsplan 01
sync everybody
everywhere: SELECT analyse FROM ondersteuningsplan => Mila slaapt nu veel beter. Mama is moe en alleen. Oma helpt.
inbox of operator => nothing
