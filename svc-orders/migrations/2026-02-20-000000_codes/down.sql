DROP TABLE service_access;
DROP TABLE allowed_account;
DROP TABLE code_event;
DROP TABLE authorization_code;
