use crate::world::World;

#[tokio::test]
async fn the_page_shows_people_and_loads_nothing_from_elsewhere() {
    let world = World::start().await;
    let answer = world.client.get(world.sandbox.http.clone()).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let html = answer.text().await.unwrap();
    for person in world.sandbox.identity.people() {
        assert!(html.contains(person.person) && html.contains(person.name));
        assert!(html.contains(&world.sandbox.identity.token(person.person).unwrap()));
    }
    for elsewhere in ["src=", "http://", "https://", "@import", "url("] {
        assert!(!html.contains(elsewhere), "{elsewhere}");
    }
}

#[tokio::test]
async fn every_link_of_the_page_leads_somewhere() {
    let world = World::start().await;
    let html = world.client.get(world.sandbox.http.clone()).send().await.unwrap().text().await.unwrap();
    let links: Vec<_> = html.split("href=\"/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() > 7);
    for link in links {
        let answer = world.client.get(world.url(link)).send().await.unwrap();
        assert!(answer.status().is_success(), "/{link}: {}", answer.status());
    }
}
