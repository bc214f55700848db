DROP TABLE verification;
DROP TABLE photo;
DROP TABLE curtain;
DROP TABLE material;
DROP TABLE filing;
