-- What a lead still has to hand in, or to hear of, by hand.
CREATE INDEX exchange_by_hand ON exchange (record)
    WHERE delivery = 'desk' AND state IN ('begun', 'sent', 'awaiting_sms', 'at_authority');
