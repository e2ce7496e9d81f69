# (e)  A section of the wijkplan, edited by three parties at once: three wordings stand until they choose one.  Everybody holds it, and no
# client is in it.  The lists of codes are kept by a beheerder, and by nobody else.
workers: samira, hans of Wonen, ilse of Werk, beatrijs (beheerder)

sync everybody
beatrijs: INSERT INTO wijk (code, naam) VALUES ('ondiep', 'Ondiep')
samira: INSERT INTO werkafspraak (id, soort, wijk_code, titel, tekst, status) VALUES
  (x'01', 'wijkplan', 'ondiep', 'Samen aan de deur', 'Wij bellen samen aan', 'open')
sync everybody
everywhere: SELECT titel, w.naam FROM werkafspraak JOIN wijk w ON w.code = wijk_code => Samen aan de deur Ondiep

samira: UPDATE werkafspraak SET tekst = 'Buurtteam belt eerst aan' WHERE id = x'01'
hans: UPDATE werkafspraak SET tekst = 'Wonen belt eerst aan' WHERE id = x'01'
ilse: UPDATE werkafspraak SET tekst = 'Werk belt eerst aan' WHERE id = x'01'
hans: UPDATE wijk SET naam = 'Mijn wijk' WHERE code = 'ondiep'
sync in every order: samira, hans, ilse
inbox of operator => conflict werkafspraak tekst: Buurtteam belt eerst aan | Werk belt eerst aan | Wonen belt eerst aan
  / refused wijk naam: Ondiep | Mijn wijk
everywhere: SELECT naam FROM wijk => Ondiep
hans chooses Wonen belt eerst aan
sync everybody
everywhere: SELECT tekst FROM werkafspraak => Wonen belt eerst aan
