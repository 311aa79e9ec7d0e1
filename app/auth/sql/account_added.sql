-- Make an account.
-- In:  name, shown, password_hash (NULL: none), synthetic.
-- Out: id; no row if the name is taken.
INSERT INTO auth.accounts (name, shown, password_hash, synthetic)
VALUES (:name, :shown, :password_hash, :synthetic)
    ON CONFLICT (name) DO NOTHING
RETURNING id
