package incident

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A reply code is 24 letters and digits in six groups: "7K2Q-X9AB-...". The first eight name the mailbox (40 bits, no secret), the other sixteen
// open it (80 bits).
const (
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O and U
	codeLookup  = 8
	codeSecret  = 16
	codeGroup   = 4
)

// letters writes bytes, five bits of each, as letters that can be read over a telephone.
func letters(raw []byte) string {
	out := make([]byte, len(raw))
	for i, b := range raw {
		out[i] = codeLetters[b&31]
	}
	return string(out)
}

// randomRef makes a ref, of 30 random bits: numbers in a row would tell how many there are.
func randomRef(kind string) string {
	var raw [6]byte
	rand.Read(raw[:])
	return kind + "-" + letters(raw[:])
}

// newRef makes a ref that nothing has yet.
func newRef(tx *sqldb.Tx, kind, table string) (string, error) {
	for {
		ref, had := randomRef(kind), 0
		if err := tx.QueryRow("SELECT count(*) FROM "+table+" WHERE ref = $1", ref).Scan(&had); err != nil || had == 0 {
			return ref, err
		}
	}
}

// newCode makes a reply code. Of a draft with a key it is always the same: who sends a form again because the answer was lost gets the code all
// the same. Only who has both the key, which stays with the sender, and our keyring could make it again.
func (s *Service) newCode(once string, keyed bool) string {
	var raw [codeLookup + codeSecret]byte
	rand.Read(raw[:])
	if keyed {
		sum := s.sealer.Sum("reply code", once)
		copy(raw[:], sum[:])
	}
	return letters(raw[:])
}

// WriteCode writes a code in groups.
func writeCode(code string) string {
	var groups []string
	for len(code) > codeGroup {
		groups, code = append(groups, code[:codeGroup]), code[codeGroup:]
	}
	return strings.Join(append(groups, code), "-")
}

// readCode takes a code as people type it: in any case, with blanks or hyphens, O for 0, I and L for 1. false if it is none.
func readCode(text string) (lookup, secret string, ok bool) {
	if len(text) > 100 {
		return "", "", false
	}
	code := strings.Map(func(r rune) rune {
		switch r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		case ' ', '-', '\t', '\r', '\n', '\u2010', '\u2011', '\u00a0':
			return -1
		}
		return r
	}, strings.ToUpper(text))
	if len(code) != codeLookup+codeSecret || strings.Trim(code, codeLetters) != "" {
		return "", "", false
	}
	return code[:codeLookup], code[codeLookup:], true
}

// The cost of a try at a code: 19 MiB and two passes, as OWASP advises. A code has 80 random bits; the hash is for who guesses with a copy of
// the database.
var defaultArgon = Argon{Time: 2, Memory: 19 << 10}

// lock keeps a code's secret half.
func (s *Service) lockBox(tx *sqldb.Tx, report, code string) error {
	salt := make([]byte, 16)
	rand.Read(salt)
	a := s.o.Argon
	_, err := tx.Exec(`INSERT INTO incident_mailbox (lookup, report, salt, hash, passes, memory) VALUES ($1, $2, $3, $4, $5, $6)`,
		code[:codeLookup], report, salt, s.hash(code[codeLookup:], salt, a), int64(a.Time), int64(a.Memory))
	return err
}

// hash is argon2id of a secret half; few are made at a time, since each takes memory.
func (s *Service) hash(secret string, salt []byte, a Argon) []byte {
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	return argon2.IDKey([]byte(secret), salt, a.Time, a.Memory, 1, sha256.Size)
}

// unlock finds the report of a code. What is no code, and what is the code of nothing, look and cost the same. Errors: NotFound; Unavailable
// when one mailbox is tried too often.
func (s *Service) unlock(tx *sqldb.Tx, text string) (string, error) {
	none := problem.New(problem.NotFound, "no mailbox has this code: look whether each letter is right")
	lookup, secret, ok := readCode(text)
	if !ok {
		return "", none
	}
	if !s.tries.allow(lookup, s.now()) {
		return "", problem.New(problem.Unavailable, "this mailbox was tried too often: wait some minutes and try again")
	}
	var report string
	salt, hash, a := make([]byte, 16), make([]byte, sha256.Size), s.o.Argon
	err := tx.QueryRow(`SELECT report, salt, hash, passes, memory FROM incident_mailbox WHERE lookup = $1`, lookup).Scan(&report, &salt, &hash, &a.Time, &a.Memory)
	if err != nil && !sqldb.NoRows(err) {
		return "", err
	}
	if subtle.ConstantTimeCompare(s.hash(secret, salt, a), hash) != 1 || report == "" {
		return "", none
	}
	s.tries.forget(lookup)
	return report, nil
}

// How often one mailbox may be tried in vain.
const (
	mostTries   = 10
	triesWithin = 10 * time.Minute
	triesKept   = 10_000
)

// tries counts tries at mailboxes, and knows nothing of who tries.
type tries struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

func (t *tries) allow(lookup string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil || len(t.seen) >= triesKept {
		t.seen = map[string][]time.Time{}
	}
	kept := t.seen[lookup][:0]
	for _, at := range t.seen[lookup] {
		if now.Sub(at) < triesWithin {
			kept = append(kept, at)
		}
	}
	if len(kept) >= mostTries {
		return false
	}
	t.seen[lookup] = append(kept, now)
	return true
}

func (t *tries) forget(lookup string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, lookup)
}
