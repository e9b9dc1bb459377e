package taxii

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing"
)

// discovery (§4.1).
func (s *Server) discovery(_ context.Context, c call) error {
	root := strings.TrimSuffix(s.Base, "/") + Root + api + "/"
	answer := map[string]any{"title": s.Title, "description": "What this team shares with its fellow teams.", "default": root, "api_roots": []string{root}}
	if s.Contact != "" {
		answer["contact"] = s.Contact
	}
	send(c.w, http.StatusOK, answer)
	return nil
}

// root (§4.2).
func (s *Server) root(_ context.Context, c call) error {
	send(c.w, http.StatusOK, map[string]any{
		"title": s.Title, "versions": []string{MediaType}, "max_content_length": s.MaxBody,
	})
	return nil
}

// status (§4.3).
func (s *Server) status(ctx context.Context, c call) error {
	st, err := s.Sharing.Status(ctx, c.actor, c.collection())
	if err == nil {
		send(c.w, http.StatusOK, st)
	}
	return err
}

// described is a collection as it is told (§5.2).
type described struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Alias       string   `json:"alias,omitempty"`
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types"`
}

func describe(c sharing.Collection) described {
	return described{c.ID, c.Title, c.Description, c.Alias, c.CanRead, c.CanWrite, []string{objectType + "2.1", objectType + "2.0"}}
}

// collections (§5.1).
func (s *Server) collections(ctx context.Context, c call) error {
	list, err := s.Sharing.Visible(ctx, c.actor)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		raw(c.w, http.StatusOK, []byte("{}"))
		return nil
	}
	answer := struct {
		Collections []described `json:"collections"`
	}{}
	for _, one := range list {
		answer.Collections = append(answer.Collections, describe(one))
	}
	send(c.w, http.StatusOK, answer)
	return nil
}

// collection (§5.2).
func (s *Server) collection(ctx context.Context, c call) error {
	one, err := s.Sharing.Seen(ctx, c.actor, c.collection())
	if err == nil {
		send(c.w, http.StatusOK, describe(one))
	}
	return err
}

// page answers for objects, one object, manifest and versions (§5.3, §5.4, §5.6, §5.8).
func (s *Server) page(what string) func(context.Context, call) error {
	return func(ctx context.Context, c call) error {
		object := ""
		if what == sharing.Object1 || what == sharing.Versions {
			object = c.object()
		}
		q, err := s.question(what, c.collection(), object, c.r.URL.Query())
		if err != nil {
			return err
		}
		a, err := s.Sharing.Read(ctx, c.actor, q)
		if err != nil {
			return err
		}
		s.paged(c.w, q, a)
		return nil
	}
}

// paged writes a page.
func (s *Server) paged(w http.ResponseWriter, q sharing.Question, a sharing.Answer) {
	n := len(a.Places)
	if n == 0 {
		raw(w, http.StatusOK, []byte("{}"))
		return
	}
	w.Header().Set("X-TAXII-Date-Added-First", sharing.Stamp(sharing.Moment(a.Places[0].Added)))
	w.Header().Set("X-TAXII-Date-Added-Last", sharing.Stamp(sharing.Moment(a.Places[n-1].Added)))
	var b bytes.Buffer
	b.WriteByte('{')
	if a.More {
		last := a.Places[n-1]
		next := s.seal(cursor{Collection: q.Collection, What: q.What, Added: last.Added, Seq: last.Seq, Filter: q.Filter})
		b.WriteString(`"more":true,"next":"` + next + `",`)
	} else {
		b.WriteString(`"more":false,`)
	}
	list(&b, q.What, a.Places)
	b.WriteByte('}')
	raw(w, http.StatusOK, b.Bytes())
}

// list writes what a page holds: objects are sent as they are stored.
func list(b *bytes.Buffer, what string, places []sharing.Place) {
	name := "objects"
	if what == sharing.Versions {
		name = "versions"
	}
	b.WriteString(`"` + name + `":[`)
	for i, p := range places {
		if i > 0 {
			b.WriteByte(',')
		}
		switch what {
		case sharing.Manifest:
			entry, _ := json.Marshal(record{p.ID, sharing.Stamp(sharing.Moment(p.Added)), sharing.VersionStamp(p.Version), objectType + p.SpecVersion})
			b.Write(entry)
		case sharing.Versions:
			b.WriteString(`"` + sharing.VersionStamp(p.Version) + `"`)
		default:
			b.Write(p.Raw)
		}
	}
	b.WriteByte(']')
}

// record is an entry of a manifest (§5.3.1).
type record struct {
	ID        string `json:"id"`
	Added     string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type"`
}

// give takes objects in (§5.5). All of it is done when the answer is sent, so the status is final.
func (s *Server) give(ctx context.Context, c call) error {
	st, err := s.Sharing.Add(ctx, c.actor, sharing.In{
		Collection: c.collection(), Origin: sharing.OriginTAXII, Unmarked: Unmarked, Body: http.MaxBytesReader(c.w, c.r.Body, s.MaxBody),
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", strings.TrimSuffix(s.Base, "/")+Root+api+"/status/"+st.ID+"/")
	send(c.w, http.StatusAccepted, st)
	return nil
}

// Unmarked is the label of what carries none: what nobody labelled is not for everybody.
const Unmarked = tlp.Amber

// remove takes an object out (§5.7).
func (s *Server) remove(ctx context.Context, c call) error {
	v := c.r.URL.Query()
	if err := known(deletion, v); err != nil {
		return err
	}
	f, err := filter(v)
	if err != nil {
		return err
	}
	if _, err := s.Sharing.Remove(ctx, c.actor, c.collection(), c.object(), f); err != nil {
		return err
	}
	raw(c.w, http.StatusOK, []byte("{}"))
	return nil
}
