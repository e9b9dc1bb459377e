package delivery

import (
	"strconv"

	"github.com/firehall/firehall/internal/release/leak"
)

// Content is what a draft would say, whole: what release clears, and what Compose then holds against the permit. All that ends in the message, its
// headers and the names of its files, stands in it.
func Content(d Draft) leak.Content {
	c := leak.Content{Subject: d.Subject, Text: d.Text}
	for _, h := range []leak.Header{{Name: "To", Value: d.ToName}, {Name: "Subject (outer)", Value: d.Generic}, {Name: "Ticket", Value: d.Ticket}} {
		if h.Value != "" {
			c.Headers = append(c.Headers, h)
		}
	}
	for i, id := range append([]string{d.Thread.InReplyTo}, d.Thread.References...) {
		if id != "" {
			c.Headers = append(c.Headers, leak.Header{Name: "Reference " + strconv.Itoa(i), Value: id})
		}
	}
	for _, a := range d.Attachments {
		c.Files = append(c.Files, leak.File{Name: a.Name, MediaType: a.MediaType, Data: a.Data})
	}
	if len(d.Payload) > 0 {
		c.Files = append(c.Files, leak.File{Name: "payload", MediaType: "application/json", Data: d.Payload})
	}
	return c
}
