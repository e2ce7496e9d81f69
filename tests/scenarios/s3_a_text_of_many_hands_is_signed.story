# S3, with a text that three wrote.  Femke signs what she saw: a text merged from two.  What Mo and Dunya changed in it
# meanwhile, offline, is merged in the new concept, and what was signed is put back whole.
workers: femke, mo, dunya

femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Pruis');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief'), (x'b3', x'd0', @dunya, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, analyse, status)
    VALUES (x'a2', x'd0', 'Hij is alleen. Hij slaapt slecht. Hij heeft schulden.', 'besproken');
  COMMIT
sync everybody

mo: UPDATE ondersteuningsplan SET analyse = 'Hij is vaak alleen. Hij slaapt slecht. Hij heeft schulden.'
dunya: UPDATE ondersteuningsplan SET analyse = 'Hij is alleen. Hij slaapt slecht. Hij heeft geen schulden.'
sync everybody
sync everybody
everywhere: SELECT analyse FROM ondersteuningsplan => Hij is vaak alleen. Hij slaapt slecht. Hij heeft geen schulden.

femke: UPDATE ondersteuningsplan SET status = 'ondertekend'
mo: UPDATE ondersteuningsplan SET analyse = 'Hij is vaak alleen. Hij slaapt nu goed. Hij heeft geen schulden.'
dunya: UPDATE ondersteuningsplan SET analyse = 'Hij is vaak alleen. Hij slaapt slecht. Hij heeft geen schulden meer.'
sync in every order: femke, mo, dunya

everywhere: SELECT analyse FROM ondersteuningsplan WHERE status = 'ondertekend' =>
  Hij is vaak alleen. Hij slaapt slecht. Hij heeft geen schulden.
everywhere: SELECT analyse FROM ondersteuningsplan WHERE status = 'concept' =>
  Hij is vaak alleen. Hij slaapt nu goed. Hij heeft geen schulden meer.
