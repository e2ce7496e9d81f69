# Prose of many hands (rule text).  Who writes in different sentences is put together; who writes in one makes one item.
workers: samira, joost, dunya

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief'), (x'b3', x'd0', @dunya, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, analyse)
    VALUES (x'01', x'd0', 'Mila slaapt slecht. Mama is moe. School belt vaak.');
  COMMIT
sync everybody

# Three sentences, three hands.  Samira saves twice before she has a network: her own first words are not Joost's loss.
samira: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt sinds mei slecht. Mama is moe. School belt vaak.'
samira: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt sinds mei heel slecht. Mama is moe. School belt vaak.'
joost: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt slecht. Mama is moe en alleen. School belt vaak.'
dunya: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt slecht. Mama is moe. School belt elke week. Oma helpt.'
sync in every order: samira, joost, dunya
everywhere: SELECT analyse FROM ondersteuningsplan =>
  Mila slaapt sinds mei heel slecht. Mama is moe en alleen. School belt elke week. Oma helpt.
inbox of samira => nothing
inbox of operator => nothing

# Who has read the whole replaces the whole.
joost: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt slecht. Oma helpt.'
sync everybody
everywhere: SELECT analyse FROM ondersteuningsplan => Mila slaapt slecht. Oma helpt.

# One sentence, two hands: one item with both, and the rest of what they wrote is in it too.
samira: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt in haar eigen bed. Oma helpt.'
joost: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt bij mama. Oma helpt.'
sync in every order: samira, joost
inbox of samira => conflict ondersteuningsplan analyse:
  Mila slaapt bij mama. Oma helpt. | Mila slaapt in haar eigen bed. Oma helpt.
inbox of operator => conflict ondersteuningsplan analyse:
  Mila slaapt bij mama. Oma helpt. | Mila slaapt in haar eigen bed. Oma helpt.

# Two resolve it differently: that is noticed, no choice wins by itself.
samira chooses Mila slaapt in haar eigen bed. Oma helpt.
joost chooses Mila slaapt bij mama. Oma helpt.
sync in every order: samira, joost
inbox of dunya => nothing
inbox of samira => conflict ondersteuningsplan analyse:
  Mila slaapt bij mama. Oma helpt. | Mila slaapt in haar eigen bed. Oma helpt.

# A third, who knows nothing of it, adds a sentence of her own; the choice of a person does not undo it.
dunya: UPDATE ondersteuningsplan SET analyse = 'Mila slaapt slecht. Oma helpt. Papa komt zondag.'
joost chooses Mila slaapt bij mama. Oma helpt.
sync in every order: joost, dunya
sync samira
everywhere: SELECT analyse FROM ondersteuningsplan =>
  Mila slaapt bij mama. Oma helpt. Papa komt zondag.
inbox of operator => nothing
