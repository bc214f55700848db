-- One database for each service.
CREATE DATABASE svc_orders;
CREATE DATABASE svc_review;
CREATE DATABASE svc_photo;
CREATE DATABASE svc_notify;
