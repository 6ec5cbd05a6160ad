package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rancher/remotedialer"
)

// remotedialerHub is Rancher's tunnel as a reverse proxy: no identity, no policy, no audit; the rival of the whole chain.
func remotedialerHub(args []string) error {
	flags := flag.NewFlagSet("rd-hub", flag.ExitOnError)
	cert := flags.String("cert", "", "PEM certificate")
	key := flags.String("key", "", "PEM key")
	upstream := flags.String("target", "", "https URL behind the agent")
	if err := flags.Parse(args); err != nil {
		return err
	}
	base, err := url.Parse(*upstream)
	if err != nil {
		return err
	}
	tunnel := remotedialer.New(func(*http.Request) (string, bool, error) { return "agent", true, nil }, remotedialer.DefaultErrorWriter)
	dial := tunnel.Dialer("agent")
	proxy := httputil.NewSingleHostReverseProxy(base)
	proxy.Transport = &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, address)
		},
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		MaxIdleConnsPerHost: 512,
		DisableCompression:  true,
	}
	proxy.FlushInterval = -1
	mux := http.NewServeMux()
	mux.Handle("/connect", tunnel)
	mux.Handle("/", proxy)
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{
		Handler:      mux,
		TLSConfig:    &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return server.ServeTLS(listener, "", "")
}

func remotedialerAgent(args []string) error {
	flags := flag.NewFlagSet("rd-agent", flag.ExitOnError)
	hub := flags.String("hub", "", "wss URL of the hub's /connect")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dialer := &websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, HandshakeTimeout: 5 * time.Second}
	allow := func(string, string) bool { return true }
	return remotedialer.ClientConnect(context.Background(), *hub, nil, dialer, allow, func(context.Context, *remotedialer.Session) error {
		fmt.Println("connected")
		return nil
	})
}
