package finder

import (
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
)

// asked is the page that a mailed link shows.
type asked struct {
	Entry  team.Entry
	Secret string
	Done   bool // it was confirmed
	Moved  bool // it was not: the entry is not what they were shown
	Sent   bool // what is wrong was sent
	Empty  bool // nothing was written
	Wrong  bool // there is somebody who takes what is wrong
	Email  string
}

// lines are what we know of the team, each a name and a value.
func (a asked) lines() (out [][2]string) {
	for _, l := range a.Entry.All() {
		name, value, _ := strings.Cut(l, ": ")
		out = append(out, [2]string{name, value})
	}
	return out
}

// follow shows what we know of the team; it changes nothing.
func (p *page) follow(w http.ResponseWriter, r *shell.Request) error {
	secret := r.PathValue("secret")
	e, err := p.o.Follow(r.Context(), secret)
	if err != nil {
		return err
	}
	return p.asked(w, r, http.StatusOK, asked{Entry: e, Secret: secret})
}

// confirm takes the team's word about what it was shown; if that is not the entry any more, it is shown again and nothing is confirmed.
func (p *page) confirm(w http.ResponseWriter, r *shell.Request) error {
	secret := r.PathValue("secret")
	if r.PostFormValue("do") == "wrong" {
		return p.wrong(w, r, secret)
	}
	e, err := p.o.Confirm(r.Context(), secret, r.PostFormValue("seen"))
	if problem.Is(err, problem.Conflict) {
		return p.again(w, r, secret)
	}
	if err != nil {
		return err
	}
	return p.asked(w, r, http.StatusOK, asked{Entry: e, Done: true})
}

// again shows the entry as it is now.
func (p *page) again(w http.ResponseWriter, r *shell.Request, secret string) error {
	e, err := p.o.Follow(r.Context(), secret)
	if err != nil {
		return err
	}
	return p.asked(w, r, http.StatusConflict, asked{Entry: e, Secret: secret, Moved: true})
}

func (p *page) wrong(w http.ResponseWriter, r *shell.Request, secret string) error {
	e, err := p.o.Follow(r.Context(), secret)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" || p.o.Wrong == nil {
		return p.asked(w, r, http.StatusUnprocessableEntity, asked{Entry: e, Secret: secret, Empty: true})
	}
	if err := p.o.Wrong(r.Context(), secret, text); err != nil {
		return err
	}
	return p.asked(w, r, http.StatusOK, asked{Entry: e, Secret: secret, Sent: true})
}

func (p *page) asked(w http.ResponseWriter, r *shell.Request, status int, a asked) error {
	a.Wrong, a.Email = p.o.Wrong != nil, p.o.Email
	return p.show(w, r, view{Title: r.T("finder.confirm.title", "name", a.Entry.Organisation.Name), Status: status, Body: confirmPage(a)})
}
