package credential

import (
	"context"
	_ "embed"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Bounds of a password: characters at least (NIST SP 800-63B asks for no rules beside a length and a list of those to refuse), bytes at most.
const (
	MinPassword = 12
	MaxPassword = 1024
)

//go:embed common.txt
var commonText string

// common are passwords, or the words that longer ones are made of, that guessers try first.
var common = func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out[line] = true
		}
	}
	return out
}()

// Weakness is why a password is refused: a code for which pages have words. It is empty for a good one.
type Weakness string

// Why passwords are refused.
const (
	TooShort Weakness = "short"
	TooLong  Weakness = "long"
	TooKnown Weakness = "known"  // everybody's first guess
	TooPlain Weakness = "plain"  // one thing again and again, or counting
	Personal Weakness = "person" // the name of who has it, or of the team
)

// Weak judges a password; about are names that must not be all of it.
func Weak(password string, about ...string) Weakness {
	text := norm.NFC.String(password)
	plain := strings.ToLower(text)
	switch {
	case utf8.RuneCountInString(text) < MinPassword:
		return TooShort
	case len(text) > MaxPassword:
		return TooLong
	case repeats(plain) || counts(plain):
		return TooPlain
	case known(plain):
		return TooKnown
	case personal(plain, about):
		return Personal
	}
	return ""
}

// known finds everybody's first guesses, also with the digits and signs behind them that people add to be let through.
func known(plain string) bool {
	word := strings.TrimRight(plain, "0123456789!?.,*#$@-_")
	word = strings.TrimLeft(word, "0123456789!?.,*#$@-_")
	return common[plain] || common[word] || common[strings.ReplaceAll(word, " ", "")]
}

// repeats tells whether a text is a short one again and again.
func repeats(text string) bool {
	for n := 1; n <= len(text)/3; n++ {
		if strings.HasPrefix(strings.Repeat(text[:n], len(text)/n+1), text) {
			return true
		}
	}
	return false
}

// counts tells whether each character is the next one of the one before, up or down, as "1234..." and "zyxw..." are; 0 follows 9.
func counts(text string) bool {
	runes := []rune(text)
	up, down := true, true
	for i := 1; i < len(runes); i++ {
		step := runes[i] - runes[i-1]
		up = up && (step == 1 || runes[i-1] == '9' && runes[i] == '0')
		down = down && (step == -1 || runes[i-1] == '0' && runes[i] == '9')
	}
	return up || down
}

// personal tells whether hardly anything is left of a password without the names of who has it.
func personal(plain string, about []string) bool {
	left := plain
	for _, name := range about {
		for _, part := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune(" .@-_", r) }) {
			if len(part) >= 3 {
				left = strings.ReplaceAll(left, part, "")
			}
		}
	}
	return left != plain && utf8.RuneCountInString(left) < MinPassword/2
}

// ErrWeak carries why a password is refused.
type ErrWeak struct{ Why Weakness }

func (e *ErrWeak) Error() string {
	return map[Weakness]string{
		TooShort: "the password is too short: at least 12 characters, a few words that make sense to you alone are best",
		TooLong:  "the password is too long: 1024 bytes at most",
		TooKnown: "this password is among the first that anybody tries: take another",
		TooPlain: "this password repeats or counts: take another",
		Personal: "this password is hardly more than a name: take another",
	}[e.Why]
}

// checkNew refuses a weak password.
func (k *Keeper) checkNew(password string, p account.Account) error {
	if why := Weak(password, p.Login, p.Name, p.Email, k.Team); why != "" {
		return problem.New(problem.Invalid, "%w", &ErrWeak{why})
	}
	return nil
}

// normal is a password as it is hashed: keyboards differ in how they write one letter.
func normal(password string) string { return norm.NFC.String(password) }

// SetPassword sets the password of who asks, and, with a ticket of NewAuthenticator, the authenticator too. Without a ticket there must be
// one already: a password alone lets nobody in. Sessions go on; ending the others is the caller's.
//
// Errors: Invalid for a weak password (ErrWeak) or a wrong code (ErrCode), Conflict without an authenticator, ErrStale.
func (k *Keeper) SetPassword(ctx context.Context, by Proven, password, authenticator, code string) error {
	if err := k.authorise(by, OpPassword); err != nil {
		return err
	}
	p, err := k.person(ctx, by.ID)
	if err != nil {
		return err
	}
	if err := k.checkNew(password, p); err != nil {
		return err
	}
	set, err := k.readAuthenticator(by, authenticator, code)
	if err != nil {
		return err
	}
	hash, err := k.hashNew(ctx, normal(password))
	if err != nil {
		return err
	}
	now := k.Clock.Now()
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := k.accept(tx, by); err != nil {
			return err
		}
		if err := set.store(tx, now); err != nil {
			return err
		}
		if err := storePassword(tx, by.ID, hash, now); err != nil {
			return err
		}
		return by.Audit(tx, now, OpPassword, by.ID, nil, changed{Password: true, Authenticator: set != nil})
	})
}

// changed is what the audit record says of a change.
type changed struct {
	Password      bool   `json:"password,omitempty"`
	Authenticator bool   `json:"authenticator,omitempty"`
	Passkey       string `json:"passkey,omitempty"` // its id
	Name          string `json:"name,omitempty"`
	Site          string `json:"site,omitempty"`
	Codes         int    `json:"codes,omitempty"`
	Issuer        string `json:"issuer,omitempty"`
}

// storePassword keeps a hash. Error: Conflict for who has no authenticator.
func storePassword(tx *sqldb.Tx, account, hash string, now time.Time) error {
	var n int64
	if err := tx.QueryRow(`SELECT COUNT(*) FROM authenticator WHERE account = $1`, account).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.Conflict, "a password needs an authenticator beside it: set both")
	}
	_, err := tx.Exec(`INSERT INTO password (account, hash, changed) VALUES ($1, $2, $3)
		ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, changed = excluded.changed`, account, hash, now)
	return err
}

// upgrade replaces a hash whose cost is no longer today's, unless it was changed meanwhile.
func (k *Keeper) upgrade(ctx context.Context, account, old, password string) error {
	hash, err := k.hashNew(ctx, password)
	if err != nil {
		return err
	}
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE password SET hash = $3 WHERE account = $1 AND hash = $2`, account, old, hash)
		return err
	})
}
