-- One database and one role for each service; no service can read another's.
CREATE ROLE svc_orders LOGIN PASSWORD 'dev';
CREATE ROLE svc_review LOGIN PASSWORD 'dev';
CREATE ROLE svc_photo LOGIN PASSWORD 'dev';
CREATE ROLE svc_notify LOGIN PASSWORD 'dev';
CREATE DATABASE svc_orders OWNER svc_orders;
CREATE DATABASE svc_review OWNER svc_review;
CREATE DATABASE svc_photo OWNER svc_photo;
CREATE DATABASE svc_notify OWNER svc_notify;
REVOKE CONNECT ON DATABASE svc_orders, svc_review, svc_photo, svc_notify FROM PUBLIC;
