DROP INDEX material_same;
DROP INDEX material_account_kind;
DROP INDEX material_account;
