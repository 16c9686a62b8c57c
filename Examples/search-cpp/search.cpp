// search: keeps texts and finds them by their words. The index is a table of words, each with how often it stands in
// which text.
#include <gantry.hpp>

#include <algorithm>
#include <map>

namespace {

constexpr size_t longest_word = 64;
constexpr size_t most_words = 8;

/// The words of a text in lower case, each with how often it occurs. Letters beyond ASCII are kept as they are.
std::map<std::string, int64_t> words_of(std::string_view text) {
    std::map<std::string, int64_t> words;
    std::string word;
    auto add = [&] {
        if (!word.empty() && word.size() <= longest_word) words[word]++;
        word.clear();
    };
    for (unsigned char byte : text) {
        bool isLetter = byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (byte >= 'A' && byte <= 'Z') word.push_back(static_cast<char>(byte | 0x20));
        else if (isLetter) word.push_back(static_cast<char>(byte));
        else add();
    }
    add();
    return words;
}

/// One tenant's texts.
class Search {
  public:
    static constexpr const char *id = "search", *version = "1.0.0";

    static std::vector<gantry::Operation<Search>> operations() {
        return {{"putText", &Search::put_text}, {"findTexts", &Search::find_texts}};
    }

    explicit Search(const gantry::Host &host) : database(host) {}

  private:
    gantry::Database database;

    gantry::Response put_text(const gantry::Request &request) {
        std::string name(request.path_parameter(0)), text = request.json()["text"].text();
        std::map<std::string, int64_t> words = words_of(text);
        if (words.empty()) throw gantry::Refusal(422, "no_words", "The text has no words to be found by.");
        database.write(request.call(), [&](gantry::Transaction &tx) {
            tx.execute("INSERT INTO texts (name, text) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET text = $2",
                       {name, text});
            tx.execute("DELETE FROM words WHERE name = $1", {name});
            for (auto &[word, count] : words) {
                tx.execute("INSERT INTO words (word, name, uses) VALUES ($1, $2, $3)", {word, name, count});
            }
            return 0;
        });
        return gantry::Response::json(200, "{\"words\":" + std::to_string(words.size()) + "}");
    }

    /// Texts in which every word stands, those first in which they stand most often.
    gantry::Response find_texts(const gantry::Request &request) {
        std::map<std::string, int64_t> words = words_of(request.query("q"));
        if (words.empty()) throw gantry::Refusal(422, "no_words", "There is no word to look for.");
        if (words.size() > most_words) throw gantry::Refusal(422, "too_many_words", "At most 8 words are looked for.");
        std::vector<gantry::Value> parameters;
        std::string places;
        for (auto &entry : words) {
            parameters.emplace_back(entry.first);
            places += (places.empty() ? "$" : ", $") + std::to_string(parameters.size());
        }
        parameters.emplace_back(static_cast<int64_t>(words.size()));
        std::string count = "$" + std::to_string(parameters.size());
        std::string sql = "SELECT texts.name, texts.text, sum(words.uses) FROM words "
                          "JOIN texts ON texts.name = words.name WHERE words.word IN (" + places + ") "
                          "GROUP BY texts.name, texts.text HAVING count(*) = " + count +
                          " ORDER BY sum(words.uses) DESC, texts.name LIMIT 20";
        std::string found = database.read(request.call(), [&](gantry::Transaction &tx) {
            std::string list;
            tx.rows(sql, parameters, [&](const gantry::Row &row) {
                if (!list.empty()) list += ",";
                list += "{\"name\":" + gantry::quote(row.text(0)) + ",\"text\":" + gantry::quote(row.text(1)) +
                        ",\"uses\":" + std::to_string(row.integer(2)) + "}";
            });
            return list;
        });
        return gantry::Response::json(200, "{\"texts\":[" + found + "]}");
    }
};

} // namespace

GANTRY_EXPORT(Search)
