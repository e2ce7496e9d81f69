# (g)  Ilyas turns eighteen.  J&G hands over to Sociaal: Dunya becomes involved and leads, and reads the story, the plan and the open
# agreement as they are; Samira's involvement ends, and her device holds nothing of it any more.  Nobody tells anything again.
workers: samira, dunya of Sociaal

sync everybody
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, soort_team, vaste_hulpverlener_id) VALUES (x'd0', 'Ilyas', 'J&G', @samira);
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @samira, 'actief');
  INSERT INTO verhaal (id, dossier_id, tekst, bij) VALUES (x'01', x'd0', 'Hij is twee keer verhuisd', 'voordeur');
  INSERT INTO ondersteuningsplan (id, dossier_id, vraag_van_client, status) VALUES (x'02', x'd0', 'Ik wil een eigen plek', 'besproken');
  INSERT INTO afspraak (id, dossier_id, wat, status) VALUES (x'03', x'd0', 'Inschrijven bij de woningcorporatie', 'open');
  COMMIT
sync everybody
dunya: SELECT count(*) FROM verhaal => 0

samira: BEGIN;
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b2', x'd0', @dunya, 'actief');
  UPDATE dossier SET soort_team = 'sociaal', vaste_hulpverlener_id = @dunya WHERE id = x'd0';
  COMMIT
sync everybody
dunya: SELECT v.tekst, p.vraag_van_client, a.wat FROM verhaal v, ondersteuningsplan p, afspraak a
  => Hij is twee keer verhuisd Ik wil een eigen plek Inschrijven bij de woningcorporatie
dunya: UPDATE betrokkenheid SET status = 'beeindigd' WHERE id = x'b1'
sync everybody
samira: SELECT (SELECT count(*) FROM dossier) + (SELECT count(*) FROM verhaal) + (SELECT count(*) FROM afspraak) => 0
dunya: SELECT tekst, bij FROM verhaal => Hij is twee keer verhuisd voordeur
inbox of operator => nothing
