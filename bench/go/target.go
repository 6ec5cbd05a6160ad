package main

import (
	"bytes"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// target answers every GET with 1,000 bytes, with ?bytes=N with that many, and holds a request with ?watch=1 open until its client goes.
// It stands where the API server stands, costs little, and does the same for every proxy in front of it.
func target(args []string) error {
	flags := flag.NewFlagSet("target", flag.ExitOnError)
	cert := flags.String("cert", "", "PEM certificate")
	key := flags.String("key", "", "PEM key")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		return err
	}
	small := append([]byte(`{"kind":"ConfigMap","apiVersion":"v1","data":{"filler":"`), bytes.Repeat([]byte("x"), 1000-59)...)
	small = append(small, `"}}`...)
	block := bytes.Repeat([]byte("0123456789abcdef"), 4096)

	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		query := r.URL.Query()
		switch {
		case r.URL.Path == "/version":
			fmt.Fprint(w, `{"major":"1","minor":"37","gitVersion":"v1.37.2"}`)
		case query.Get("watch") != "":
			w.WriteHeader(http.StatusOK)
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case query.Get("bytes") != "":
			left, err := strconv.ParseInt(query.Get("bytes"), 10, 64)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Length", strconv.FormatInt(left, 10))
			for left > 0 {
				n := min(left, int64(len(block)))
				if _, err := w.Write(block[:n]); err != nil {
					return
				}
				left -= n
			}
		default:
			w.Header().Set("Content-Length", strconv.Itoa(len(small)))
			w.Write(small)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}
	return server.ServeTLS(listener, "", "")
}
