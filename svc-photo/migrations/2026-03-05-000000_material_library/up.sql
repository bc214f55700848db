-- An account finds again what it uploaded, newest first, and each picture once however many orders hold it.
CREATE INDEX material_account ON material (account, id DESC);
CREATE INDEX material_account_kind ON material (account, kind, id DESC);
CREATE INDEX material_same ON material (account, kind, (quality ->> 'sha256'), id);
