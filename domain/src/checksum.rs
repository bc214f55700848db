//! Check digits of the national standards. It knows what a number must add up to, and nothing else about it.

const GB11643_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const GB11643_CHECKS: &str = "10X98765432";
const GB32100_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const GB32100_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const GB11714_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// GB 11643: the eighteenth character of an identity number, from its first seventeen digits.
#[must_use]
pub fn gb11643(body: &str) -> Option<char> {
    if body.chars().count() != GB11643_WEIGHTS.len() {
        return None;
    }
    let sum = weigh(body, &GB11643_WEIGHTS, 10)?;
    GB11643_CHECKS.chars().nth(usize::try_from(sum.checked_rem(11)?).ok()?)
}

/// GB 32100: the eighteenth character of a unified social credit code, from its first seventeen.
#[must_use]
pub fn gb32100(body: &str) -> Option<char> {
    if body.chars().count() != GB32100_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0_usize;
    for (c, weight) in body.chars().zip(GB32100_WEIGHTS) {
        sum = sum.checked_add(GB32100_ALPHABET.find(c)?.checked_mul(weight)?)?;
    }
    let check = 31_usize.checked_sub(sum.checked_rem(31)?)?.checked_rem(31)?;
    GB32100_ALPHABET.chars().nth(check)
}

/// Whether a character may stand in a unified social credit code: no I, O, S, V, Z.
#[must_use]
pub fn in_gb32100_alphabet(c: char) -> bool {
    GB32100_ALPHABET.contains(c)
}

/// GB 11714: the ninth character of an organization code, from its first eight.
#[must_use]
pub fn gb11714(body: &str) -> Option<char> {
    if body.chars().count() != GB11714_WEIGHTS.len() {
        return None;
    }
    let sum = weigh(body, &GB11714_WEIGHTS, 36)?;
    match 11_u32.checked_sub(sum.checked_rem(11)?)? {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

/// GS 15 (ISO 7064 MOD 11,10): the fifteenth digit of an old business registration number, from its first fourteen. Written
/// down from memory, so a number is not refused for it.
#[must_use]
pub fn gs15(body: &str) -> Option<char> {
    if body.chars().count() != 14 {
        return None;
    }
    let mut product = 10_u32;
    for c in body.chars() {
        let sum = match product.checked_add(c.to_digit(10)?)?.checked_rem(10)? {
            0 => 10,
            other => other,
        };
        product = sum.checked_mul(2)?.checked_rem(11)?;
    }
    char::from_digit(11_u32.checked_sub(product)?.checked_rem(10)?, 10)
}

/// Upper-case characters as digits of this radix, weighed and added.
fn weigh(body: &str, weights: &[u32], radix: u32) -> Option<u32> {
    body.chars().zip(weights).try_fold(0_u32, |sum, (c, weight)| {
        let digit = if c.is_ascii_lowercase() { None } else { c.to_digit(radix) };
        sum.checked_add(digit?.checked_mul(*weight)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standards_add_up() {
        assert_eq!(gb11643("36042619910101007"), Some('1'));
        assert_eq!(gb32100("91110000600037341"), Some('L'));
        assert_eq!(gb11714("D2143569"), Some('X'));
        assert_eq!(gs15("11010800000001"), Some('6'));
    }

    #[test]
    fn a_body_of_another_length_or_alphabet_has_no_check_character() {
        assert_eq!(gb11643("3604261991010100"), None);
        assert_eq!(gb11643("3604261991010100a"), None);
        assert_eq!(gb32100("9111000060003734I"), None);
        assert_eq!(gb11714("d2143569"), None);
        assert_eq!(gb11714("中2143569"), None);
        assert_eq!(gs15(""), None);
    }
}
