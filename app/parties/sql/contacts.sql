-- Purpose: the contacts of a party that the asker may see.
-- In:  party_id
-- Out: id, post, means, value, note
SELECT c.id, c.post, c.means, c.value, c.note FROM parties.contacts AS c WHERE c.party_id = :party_id ORDER BY c.id;
