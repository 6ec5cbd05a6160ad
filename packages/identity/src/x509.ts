// The certificate library's container needs this polyfill before it is loaded itself; import it from here only.
import 'reflect-metadata';

export * from '@peculiar/x509';
