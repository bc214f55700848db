DROP TABLE attempt;
DROP TABLE notice;
DROP TABLE filing;
