//! A message that nobody is bound to would wait in its outbox for ever: every topic has a reader.

use domain::message::Message;

/// What the services bind, as their subscriptions say.
fn patterns() -> Vec<&'static str> {
    [
        svc_orders::SUBSCRIPTION.topics,
        svc_review::SUBSCRIPTION.topics,
        svc_photo::SUBSCRIPTION.topics,
        svc_notify::SUBSCRIPTION.topics,
    ]
    .concat()
}

fn is_bound(topic: &str, pattern: &str) -> bool {
    pattern.strip_suffix('#').is_some_and(|prefix| topic.starts_with(prefix)) || pattern == topic
}

#[test]
fn every_topic_has_a_reader() {
    let patterns = patterns();
    for topic in Message::TOPICS {
        assert!(patterns.iter().any(|pattern| is_bound(topic, pattern)), "nobody reads {topic}");
    }
}
