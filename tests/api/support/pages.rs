//! Lists, walked page by page; and chance that can be repeated.

use serde_json::Value;

use super::Actor;

impl Actor {
    /// Every item of a list, in pages of this size. `path` has a query string, if only `?`.
    pub async fn walks(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.get(format!("{path}&limit={limit}{after}")).await.is(200);
            let found = page["items"].as_array().unwrap();
            assert!(found.len() <= limit, "{path}: more than the limit");
            items.extend(found.iter().cloned());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return items;
            }
            assert_eq!(found.len(), limit, "{path}: a page that isn't full, yet not the last");
        }
    }
}

/// One text of every item, by its pointer: `each(&page["items"], "/key")`.
pub fn each(items: &Value, pointer: &str) -> Vec<String> {
    let text = |item: &Value| item.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    items.as_array().unwrap().iter().map(text).collect()
}

/// Chance out of a seed (`SplitMix64`), so that a failing run can be repeated.
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(most).unwrap()).unwrap()
    }

    /// Yes, once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Some of them, at least one, each once.
    pub fn some_of<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let mut rest = of.to_vec();
        let count = 1 + self.below(of.len());
        (0..count).map(|_| rest.remove(self.below(rest.len()))).collect()
    }
}
