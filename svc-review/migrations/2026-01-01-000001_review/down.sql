DROP TABLE download;
DROP TABLE step;
DROP TABLE upload;
DROP TABLE exchange;
DROP TABLE task_event;
DROP TABLE task;
DROP TABLE filing;
