DROP TABLE filing;
DROP TABLE material;
DROP TABLE draft_section;
DROP TABLE order_event;
DROP TABLE filing_order;
