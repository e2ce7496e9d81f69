-- Views.  They keep nothing: each is a question that is asked of the rows that are there.
--
-- On a device, of what it holds, without a network: verhalen, mijn_open_doelen, vandaag, mijn_afwegingen (me() is its worker).
-- In the store, of all rows (`buurtsyncctl sql`): the four indicators of the system.  They count referrals, households and goals by
-- provider, form or area, never one client, and a cell of fewer than ten households is NULL.  What comes in is counted by who
-- referred, what goes out by why, and nothing is counted along two divisions: the total of one would give what the other hides.

-- What a household told, in one list, also where it was registered twice; without what was corrected.
CREATE VIEW verhalen AS
SELECT coalesce(h.samengevoegd_met_id, v.dossier_id) AS dossier_id, v.id, v.tekst, v.verteld_door, v.bij, v.op
FROM verhaal v LEFT JOIN dossier h ON h.id = v.dossier_id
WHERE NOT EXISTS (SELECT 1 FROM verhaal n WHERE n.vervangt_row_id = v.id);

CREATE VIEW mijn_open_doelen AS
SELECT d.id, d.dossier_id, h.roepnaam, d.tekst, d.status, d.volgorde, h.vaste_hulpverlener_id = me() AS ik_ben_vast
FROM doel d
JOIN dossier h ON h.id = d.dossier_id
LEFT JOIN ondersteuningsplan p ON p.id = d.plan_id
WHERE coalesce(d.status, 'open') IN ('open', 'bezig')
  AND p.status IS NOT 'vervangen'
  AND EXISTS (SELECT 1 FROM betrokken b WHERE b.dossier_id = d.dossier_id AND b.medewerker_id = me());

-- The households of today: those with an agreement that is due, and where they live.  There is no table of visits.
CREATE VIEW vandaag AS
SELECT a.dossier_id, h.roepnaam, (SELECT min(adres) FROM persoon p WHERE p.dossier_id = a.dossier_id) AS adres,
  a.id AS afspraak_id, a.wat, a.wanneer, a.wanneer < date('now', 'localtime') AS te_laat
FROM afspraak a
JOIN dossier h ON h.id = a.dossier_id
WHERE coalesce(a.status, 'open') = 'open' AND a.wanneer <= date('now', 'localtime');

-- To look back on once a month, alone or with the team: would I decide so again, and was the goal met?  They are those of the
-- calendar month before, so who looks each month sees each decision once.
CREATE VIEW mijn_afwegingen AS
SELECT v.id, v.dossier_id, h.roepnaam, v.op, v.tekst, d.tekst AS doel, d.status AS doel_status
FROM voortgang v
JOIN dossier h ON h.id = v.dossier_id
LEFT JOIN doel d ON d.id = v.doel_id
WHERE v.soort = 'afweging' AND v.geschreven_door = me()
  AND v.op >= date('now', 'localtime', 'start of month', '-1 month') AND v.op < date('now', 'localtime', 'start of month')
  AND NOT EXISTS (SELECT 1 FROM voortgang n WHERE n.vervangt_row_id = v.id);

-- Referrals and the household of each, where two files of one are one household; those without a file count as one together.
CREATE VIEW verwijzing_huishouden AS
SELECT v.aanbieder_id, v.zorgvorm_code, v.verwijzer_soort, v.reden_beeindiging, v.verzonden_op, v.gestart_op, v.beeindigd_op,
  coalesce(h.samengevoegd_met_id, v.dossier_id, x'') AS huishouden
FROM verwijzing v LEFT JOIN dossier h ON h.id = v.dossier_id;

-- Bereik: who comes in, by form of care and who referred.
CREATE VIEW stelsel_bereik AS
SELECT zorgvorm_code, verwijzer_soort,
  strftime('%Y', gestart_op) || '-K' || ((strftime('%m', gestart_op) + 2) / 3) AS kwartaal,
  iif(count(DISTINCT huishouden) >= 10, count(*), NULL) AS instroom
FROM verwijzing_huishouden WHERE date(gestart_op) IS NOT NULL
GROUP BY 1, 2, 3;

-- Who goes out, and why; NULL: nobody wrote down why.
CREATE VIEW stelsel_reden AS
SELECT zorgvorm_code, reden_beeindiging,
  strftime('%Y', beeindigd_op) || '-K' || ((strftime('%m', beeindigd_op) + 2) / 3) AS kwartaal,
  iif(count(DISTINCT huishouden) >= 10, count(*), NULL) AS uitstroom
FROM verwijzing_huishouden WHERE date(beeindigd_op) IS NOT NULL
GROUP BY 1, 2, 3;

-- Beschikbaarheid: how long people wait, from the earliest date to the earliest date, so that no later edit improves it.  Support
-- that began before the letter went did not wait.
CREATE VIEW stelsel_beschikbaarheid AS
SELECT aanbieder_id, zorgvorm_code, strftime('%Y', verzonden_op) || '-K' || ((strftime('%m', verzonden_op) + 2) / 3) AS kwartaal,
  iif(count(DISTINCT huishouden) >= 10,
      round(avg(max(julianday(gestart_op) - julianday(verzonden_op), 0)), 1), NULL) AS wachtdagen
FROM verwijzing_huishouden WHERE julianday(gestart_op) IS NOT NULL AND julianday(verzonden_op) IS NOT NULL
GROUP BY 1, 2, 3;

CREATE VIEW stelsel_voordeur AS
SELECT wijk_code, soort_team, strftime('%Y', aangemeld_op) || '-K' || ((strftime('%m', aangemeld_op) + 2) / 3) AS kwartaal,
  iif(count(*) >= 10, count(*), NULL) AS aantal,
  iif(count(*) >= 10, round(avg(max(julianday(gestart_op) - julianday(aangemeld_op), 0)), 1), NULL) AS wachtdagen
FROM dossier
WHERE julianday(gestart_op) IS NOT NULL AND julianday(aangemeld_op) IS NOT NULL AND samengevoegd_met_id IS NULL
GROUP BY 1, 2, 3;

-- Ervaringen: what clients themselves say of their goals.  What else they say is asked without a dossier, elsewhere.
CREATE VIEW stelsel_ervaringen AS
SELECT h.wijk_code, h.soort_team,
  iif(count(DISTINCT coalesce(h.samengevoegd_met_id, h.id)) >= 10, count(*), NULL) AS doelen,
  iif(count(DISTINCT coalesce(h.samengevoegd_met_id, h.id)) >= 10,
      round(100.0 * count(*) FILTER (WHERE d.status = 'gehaald') / count(*)), NULL) AS gehaald_procent
FROM doel d JOIN dossier h ON h.id = d.dossier_id
WHERE d.namens = 'client' AND d.status IN ('gehaald', 'losgelaten')
GROUP BY 1, 2;

-- Budget: how many clients a provider has on average, beside which its budget is laid elsewhere; of the last eight quarters.  No
-- hours, no tariffs, and nothing that ties a client to money.
CREATE VIEW stelsel_budget AS
WITH RECURSIVE kwartaal (begin, eind) AS (
  SELECT date('now', 'start of month', printf('-%d months', (strftime('%m', 'now') - 1) % 3)), date('now', '+1 day')
  UNION ALL
  SELECT date(begin, '-3 months'), begin FROM kwartaal LIMIT 8),
deel (aanbieder_id, begin, eind, huishouden, dagen) AS (
  SELECT v.aanbieder_id, k.begin, k.eind, v.huishouden,
    min(julianday(k.eind), coalesce(julianday(v.beeindigd_op), julianday(k.eind)))
      - max(julianday(k.begin), julianday(v.gestart_op))
  FROM kwartaal k JOIN verwijzing_huishouden v ON v.gestart_op < k.eind AND (v.beeindigd_op IS NULL OR v.beeindigd_op > k.begin)
  WHERE julianday(v.gestart_op) IS NOT NULL)
SELECT aanbieder_id, strftime('%Y', begin) || '-K' || ((strftime('%m', begin) + 2) / 3) AS kwartaal,
  iif(count(DISTINCT huishouden) >= 10, round(sum(dagen) / (julianday(eind) - julianday(begin)), 1), NULL) AS gemiddeld_aantal
FROM deel
GROUP BY aanbieder_id, begin;
