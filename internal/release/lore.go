package release

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Circle is what of a sharing group decides.
type Circle struct {
	Cap     tlp.Label // the strictest label that may be shared in it
	Members []string  // ids of organisations
}

func (c Circle) has(organisation string) bool {
	return organisation != "" && slices.Contains(c.Members, organisation)
}

// Lets tells whether the agreements in force with an organisation let a kind of items under a label flow to it.
type Lets func(kind string, label tlp.Label) bool

// lore is what the database knows about a set of asks.
type lore struct {
	grants     map[pair]Grant
	agreements map[string]Lets
	circles    map[string]Circle
	schedules  map[string]Schedule  // by the key of a thing
	wishes     map[string]Wish      // likewise
	handling   map[string]tlp.Label // by organisation: the strictest label that it says it can keep; one that says none is left out
	zone       *time.Location
}

// keeps is the strictest label that an organisation says it can keep: any, where it says none.
func (l lore) keeps(organisation string) tlp.Label {
	if most, ok := l.handling[organisation]; ok {
		return most
	}
	return tlp.Red
}

// thing is an item as schedules and holders name it.
type thing struct{ kind, id string }

func (t thing) key() string { return t.kind + " " + t.id }

// wanted is what would have to be looked up.
type wanted struct {
	owners, partners, groups, things, handlers []string
}

func (w wanted) nothing() bool {
	return len(w.owners)+len(w.partners)+len(w.groups)+len(w.things)+len(w.handlers) == 0
}

// unscheduled are the kinds of items whose label comes anew each time, from a feed or from what they speak of. Those of a feed have its schedule.
var unscheduled = []string{"findings", "correction", "notice", lookupKind, fileKind}

func (s *Service) wanted(asks []Ask) (w wanted) {
	w.owners = grantOwners(asks)
	for _, a := range asks {
		if s.o.Agreements != nil && slices.Contains(partners, AudienceOf(a.Item, a.To)) && a.To.Organisation.ID != "" {
			w.partners = append(w.partners, a.To.Organisation.ID)
		}
		if s.o.Circle != nil && a.Item.Group != "" {
			w.groups = append(w.groups, a.Item.Group)
		}
		if a.Item.lasting() {
			w.things = append(w.things, a.Item.about().key())
		}
		if s.o.Handling != nil && registered(a.To.Contact) && a.To.As != Self && a.To.As != Public {
			w.handlers = append(w.handlers, a.To.Organisation.ID)
		}
	}
	w.partners, w.groups, w.things = distinct(w.partners), distinct(w.groups), distinct(w.things)
	w.handlers = distinct(w.handlers)
	return w
}

// learn looks up what is wanted.
func (s *Service) learn(tx *sqldb.Tx, w wanted, now time.Time) (l lore, err error) {
	if l.grants, err = grantsInForce(tx, w.owners, now); err != nil {
		return l, err
	}
	if len(w.partners) > 0 {
		if l.agreements, err = s.o.Agreements(tx, w.partners, now); err != nil {
			return l, err
		}
	}
	if len(w.handlers) > 0 {
		if l.handling, err = s.o.Handling(tx, w.handlers); err != nil {
			return l, err
		}
	}
	l.circles = map[string]Circle{}
	for _, group := range w.groups {
		if l.circles[group], err = s.o.Circle(tx, group, now); err != nil {
			return l, err
		}
	}
	if said, err := saidOf(tx, w.things); err != nil || !said {
		return l, err
	}
	if l.schedules, err = schedules(tx, w.things); err != nil {
		return l, err
	}
	l.wishes, err = wishes(tx, w.things)
	return l, err
}

// saidOf tells whether a schedule or a wish is kept of some things: of most there is none, and one question is less than two. Of many it is not asked.
func saidOf(tx *sqldb.Tx, keys []string) (said bool, err error) {
	if len(keys) == 0 || len(keys) > few {
		return len(keys) > 0, nil
	}
	marks, args := make([]string, len(keys)), make([]any, len(keys))
	for i, key := range keys {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), key
	}
	in := " WHERE item IN (" + strings.Join(marks, ", ") + ")"
	err = tx.QueryRow("SELECT EXISTS (SELECT 1 FROM release_schedule"+in+") OR EXISTS (SELECT 1 FROM release_wish"+in+")", args...).Scan(&said)
	return said, err
}

// registered reports whether the register knows the recipient, so that it can be told anew.
func registered(c constituency.Contact) bool {
	return c.ID != "" && c.ID != Correspondent && c.ID != Team
}
