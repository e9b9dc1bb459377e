// Package blocklist hands out lists of what is to be blocked: GET /blocklists/COLLECTION/KIND.txt, one value a line, and KIND.csv with when each comes off.
//
// Who asks shows a token with the scope sharing:read, as Bearer or as the password of Basic. What they get was decided by release when it was put into
// the collection; whether they are still somebody who may have it is asked each time, and a receipt is kept, as for what is read by TAXII. The same list
// has the same bytes, and an ETag by which who has it need not be sent it again.
package blocklist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

// Root is where the lists lie.
const Root = "/blocklists/"

// Options is what the server asks. All of it is needed.
type Options struct {
	Log        *slog.Logger
	Indicators *indicator.Service
	Sharing    *sharing.Service
	Tokens     *token.Tokens
	Accounts   *account.Accounts
	Team       string // the team's name
}

// Server hands out lists. It is safe for concurrent use.
type Server struct{ Options }

// New makes the server.
func New(o Options) *Server { return &Server{o} }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.caught(w, r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "a blocklist is asked for by GET")
		return
	}
	actor, known, err := s.who(r)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !known:
		w.Header().Add("WWW-Authenticate", `Basic realm="blocklists", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="blocklists"`)
		refuse(w, http.StatusUnauthorized, "show a token with the scope sharing:read: as Bearer, or as the password of Basic with the login of whom it acts for")
	default:
		if err := s.give(w, r, actor); err != nil {
			s.fail(w, r, err)
		}
	}
}

// who finds out who asks by their token. With Basic the user is whom the token acts for, by login; of one that was made at the machine it may be any.
func (s *Server) who(r *http.Request) (actor identity.Actor, known bool, err error) {
	user, secret, basic := r.BasicAuth()
	if scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		secret = strings.TrimSpace(text)
	}
	if secret == "" {
		return actor, false, nil
	}
	if actor, known, err = s.Tokens.Check(r.Context(), secret); err != nil || !known || !basic {
		return actor, known, err
	}
	acts, err := s.Tokens.AccountOf(r.Context(), secret)
	if err != nil || acts == "" {
		return actor, err == nil, err
	}
	a, err := s.Accounts.ByID(r.Context(), acts)
	return actor, err == nil && strings.EqualFold(strings.TrimSpace(user), a.Login), err
}

// give sends a list.
func (s *Server) give(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	collection, file, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, Root), "/")
	kind, form, dot := strings.Cut(file, ".")
	if !ok || !dot || form != "txt" && form != "csv" || !slices.Contains(indicator.BlockKinds(), kind) {
		return problem.New(problem.NotFound, "there is no such list: ask for %sCOLLECTION/KIND.txt or .csv, KIND is one of %s", Root, strings.Join(indicator.BlockKinds(), ", "))
	}
	list, err := s.list(r.Context(), actor, collection, kind)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	kindOf := "text/plain"
	if form == "csv" {
		kindOf = "text/csv"
		writeCSV(&b, s.Team, list)
	} else {
		writePlain(&b, s.Team, list)
	}
	sum := sha256.Sum256(b.Bytes())
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if fresh(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", kindOf+"; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="`+kind+`.`+form+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodGet {
		_, _ = w.Write(b.Bytes()) // the reader may have left
	}
	return nil
}

// list reads the list of a collection, by its id or alias, or of the collection of a group, by the group's id.
func (s *Server) list(ctx context.Context, actor identity.Actor, name, kind string) (indicator.Blocklist, error) {
	list, err := s.Indicators.Blocklist(ctx, actor, name, kind)
	if !problem.Is(err, problem.NotFound) {
		return list, err
	}
	all, seen := s.Sharing.Visible(ctx, actor)
	if seen != nil {
		return list, seen
	}
	var of []sharing.Collection
	for _, c := range all {
		if c.Group == name && c.CanRead {
			of = append(of, c)
		}
	}
	if len(of) != 1 {
		return list, err
	}
	return s.Indicators.Blocklist(ctx, actor, of[0].ID, kind)
}

// fresh tells whether one of the tags that somebody has is this one (RFC 9110 §13.1.2).
func fresh(have, tag string) bool {
	for one := range strings.SplitSeq(have, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

var statuses = map[problem.Kind]int{
	problem.NotFound: http.StatusNotFound, problem.Forbidden: http.StatusForbidden, problem.Invalid: http.StatusBadRequest,
	problem.Conflict: http.StatusConflict, problem.Unavailable: http.StatusServiceUnavailable,
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, text := statuses[problem.KindOf(err)], err.Error()
	if status == 0 || status == http.StatusServiceUnavailable {
		s.Log.ErrorContext(r.Context(), "a blocklist was not given", "error", err)
		text = "the list cannot be read now: try again later"
		if status == 0 {
			status = http.StatusInternalServerError
		}
	}
	refuse(w, status, text)
}

func (s *Server) caught(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		s.Log.ErrorContext(r.Context(), "panic while giving a blocklist", "panic", p, "stack", string(debug.Stack()))
		refuse(w, http.StatusInternalServerError, "something went wrong here")
	}
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the reader may have left
}
