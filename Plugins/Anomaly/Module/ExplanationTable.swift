import GantryKit

/// Statements on the explanations that are kept, one for each session and language.
enum ExplanationTable {
    /// The explanation kept in a language; nil when there is none.
    static func find(_ sessionId: String, language: String, _ tx: borrowing Transaction) throws -> String? {
        try tx.first(
            "SELECT explanation FROM session_explanations WHERE session_id = $1 AND lang = $2", sessionId, language
        ) { try $0.get(0, as: String.self) }
    }

    /// Keeps an explanation in the place of the earlier one.
    static func keep(
        _ text: String, of sessionId: String, language: String, nowMilliseconds: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO session_explanations (session_id, lang, explanation, created_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (session_id, lang) DO UPDATE SET explanation = excluded.explanation, \
            created_at = excluded.created_at
            """, sessionId, language, text, nowMilliseconds)
    }

    /// Throws the explanations of a session away, as its verdict is another one now.
    static func discard(_ sessionId: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM session_explanations WHERE session_id = $1", sessionId)
    }
}
