package app

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
)

// secretKeeper does what has secrets, and remembers these by what they are.
type secretKeeper struct {
	*testing.T
	*App
	house   *house
	secrets map[string]string
}

func (s *secretKeeper) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// Of what people prove themselves by, and of what was told in confidence, nothing stands in the audit record, though all of it was recorded.
func TestTheRecordHoldsNoSecrets(t *testing.T) {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email = "CERT Example", "cert@cert.example"
	h.conf.Mail.Maildir = h.TempDir()
	o := h.options()
	o.Write, o.PasswordCost = true, credential.Cost{Memory: 64, Time: 1, Threads: 1}
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeHouse(t, a)
	s := &secretKeeper{t, a, h, map[string]string{}}
	s.people()
	s.reports()
	record := everything(t, a)["audit_payload"]
	for _, op := range []identity.Operation{"account.invite", credential.OpPassword, credential.OpRecovery, apitoken.OpMake, incident.OpAccept, incident.OpNote, incident.OpReply} {
		if !strings.Contains(record, "'"+string(op)+"'") {
			t.Errorf("%s is not recorded, so nothing was tried", op)
		}
	}
	low := strings.ToLower(record)
	for _, what := range slices.Sorted(maps.Keys(s.secrets)) {
		secret := s.secrets[what]
		if len(secret) < 6 {
			t.Errorf("%s is %q, which is no secret", what, secret)
		}
		for _, written := range []string{secret, strings.NewReplacer("-", "", " ", "").Replace(secret)} {
			if strings.Contains(low, strings.ToLower(written)) {
				t.Errorf("the record holds %s", what)
			}
		}
	}
}

// people lets somebody in by an invitation, a password and the code of an authenticator, and makes tokens.
func (s *secretKeeper) people() {
	ctx := s.Context()
	_, i, err := s.Accounts.Add(ctx, tester, account.Draft{Login: "alice", Roles: []identity.Role{identity.DutyOfficer}})
	s.must(err)
	_, s.secrets["an invitation"], _ = strings.Cut(i.Token, ".")
	who, by, err := s.Ways.Invited(ctx, i.Token)
	s.must(err)
	authenticator, err := s.Ways.NewAuthenticator(by, who.Login)
	s.must(err)
	s.secrets["an authenticator's secret"] = authenticator.Secret
	s.secrets["a password"] = "quokka veranda lantern"
	s.must(s.Ways.SetPassword(ctx, by, s.secrets["a password"], authenticator.Ticket, s.code(authenticator)))
	s.house.clock.Advance(time.Minute) // the first code was used
	actor, err := s.Ways.LogIn(ctx, credential.Attempt{Login: "alice", Password: s.secrets["a password"], Code: s.code(authenticator), Address: "192.0.2.1:4711"})
	s.must(err)
	s.secrets["a wrong password"] = "wombat veranda lantern"
	_, err = s.Ways.LogIn(ctx, credential.Attempt{Login: "alice", Password: s.secrets["a wrong password"], Code: "000000", Address: "192.0.2.1:4711"})
	if !problem.Is(err, problem.Forbidden) {
		s.Errorf("a wrong password: %v", err)
	}
	codes, err := s.Ways.NewRecovery(ctx, credential.Proven{Actor: actor, At: s.Clock.Now()})
	s.must(err)
	s.secrets["a recovery code"] = codes[0]
	text, tok, err := s.Programs.Make(ctx, tester, apitoken.Draft{Name: "program", Scopes: []identity.Scope{"reports:read"}})
	s.must(err)
	_, s.secrets["an API token"], _ = strings.Cut(text, tok.ID+"_")
	feeds, _, err := s.Tokens.New(ctx, tester, "source", "desk")
	s.must(err)
	s.secrets["a feed's token"] = feeds
	link, _, err := s.LoginLink(ctx, tester, "http://127.0.0.1")
	s.must(err)
	s.secrets["a login link"] = link[strings.LastIndexAny(link, "=.")+1:]
}

// code is what an authenticator shows now.
func (s *secretKeeper) code(a credential.Authenticator) string {
	s.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(a.Secret, " ", ""), s.Clock.Now())
	s.must(err)
	return code
}

// reports takes in what is told in confidence, and works on it.
func (s *secretKeeper) reports() {
	ctx := s.Context()
	for kind, d := range map[string]incident.Draft{
		"confidential": {Confidential: true, Reporter: incident.Reporter{Name: "Confida Reporterova", Email: "confida@reporterova.example"}},
		"anonymous":    {Anonymous: true},
	} {
		d.Door, d.Subject, d.Text = incident.Form, "subject-planted-"+kind, "text-planted-"+kind+" of it"
		d.Answers.Impact = "impact-planted-" + kind
		d.Files = []incident.File{{Name: "name-planted-" + kind + ".txt", Body: strings.NewReader("file")}}
		r, err := s.Incidents.Accept(ctx, tester, d)
		s.must(err)
		s.secrets["a reply code, "+kind] = r.Code
		s.must(s.Incidents.SayIn(ctx, r.Code, "message-planted-"+kind, nil))
		_, err = s.Incidents.Reply(ctx, tester, r.ID, "", "reply-planted-"+kind)
		s.must(err)
		_, err = s.Incidents.AddNote(ctx, tester, r.ID, "note-planted-"+kind)
		s.must(err)
		for _, part := range []string{"subject", "text", "impact", "name", "message", "reply", "note"} {
			s.secrets["the "+part+", "+kind] = part + "-planted-" + kind
		}
	}
	s.secrets["a reporter's name"], s.secrets["a reporter's address"] = "Confida", "reporterova.example"
}
