#include "tests/random/document.h"

#include <algorithm>
#include <sstream>

namespace lbctl::test {

namespace {

constexpr std::size_t indentation = 4;

std::string written(const std::string& word) {
    const bool bare = !word.empty() && word.find_first_of(" \t#!{}\"'") == std::string::npos;
    return bare ? word : '"' + word + '"';
}

/// Writes lines and remembers one place on the way.
class Writer {
public:
    Writer(const Statement* wanted, std::size_t word) : wanted_(wanted), word_(word) {}

    void write(const std::vector<Statement>& statements, std::size_t depth) {
        for (const Statement& statement : statements) {
            std::string line(depth * indentation, ' ');
            for (std::size_t word = 0; word < statement.words.size(); ++word) {
                if (word != 0) line += ' ';
                if (&statement == wanted_ && word == word_) place_ = {number_, line.size() + 1};
                line += written(statement.words[word]);
            }
            if (&statement == wanted_ && word_ >= statement.words.size()) place_ = {number_, line.size() + 1};
            if (!statement.is_block) {
                end(line);
                continue;
            }
            end(line + " {");
            write(statement.inside, depth + 1);
            end(std::string(depth * indentation, ' ') + '}');
        }
    }

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] Place place() const { return place_; }

private:
    void end(const std::string& line) {
        text_ += line + '\n';
        ++number_;
    }

    const Statement* wanted_;
    std::size_t word_;
    std::string text_;
    std::size_t number_ = 1;
    Place place_;
};

void read_into(std::istringstream& input, Statement& block) {
    std::string line;
    while (std::getline(input, line)) {
        std::istringstream split(line);
        Statement statement;
        for (std::string word; split >> word;) statement.words.push_back(word);
        if (statement.words.empty()) continue;
        if (statement.words.back() == "}") return;
        if (statement.words.back() == "{") {
            statement.words.pop_back();
            statement.is_block = true;
            read_into(input, statement);
        }
        block.inside.push_back(std::move(statement));
    }
}

}  // namespace

Statement* Statement::find(std::string_view keyword) {
    const auto found = std::ranges::find(inside, keyword, &Statement::name);
    return found == inside.end() ? nullptr : &*found;
}

bool Statement::has(std::string_view keyword) const {
    return std::ranges::find(inside, keyword, &Statement::name) != inside.end();
}

void Statement::remove(std::string_view keyword) {
    std::erase_if(inside, [&](const Statement& statement) { return statement.name() == keyword; });
}

Statement read_document(std::string_view text) {
    std::istringstream input{std::string(text)};
    Statement document;
    document.is_block = true;
    read_into(input, document);
    return document;
}

std::string to_text(const Statement& document) {
    Writer writer(nullptr, 0);
    writer.write(document.inside, 0);
    return writer.text();
}

Place place_of(const Statement& document, const Statement& wanted, std::size_t word) {
    Writer writer(&wanted, word);
    writer.write(document.inside, 0);
    return writer.place();
}

}  // namespace lbctl::test
