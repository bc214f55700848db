DROP INDEX exchange_by_hand;
