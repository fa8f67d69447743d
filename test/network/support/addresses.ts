/** One of the two networks at the router, with the host in it. */
interface Side {
  readonly host: string;
  readonly hostInterface: string;
  readonly router: string;
  readonly routerInterface: string;
}

export const clientSide: Side = {
  host: '10.61.1.2',
  hostInterface: 'client0',
  router: '10.61.1.1',
  routerInterface: 'inside0',
};

export const serverSide: Side = {
  host: '10.61.2.2',
  hostInterface: 'server0',
  router: '10.61.2.1',
  routerInterface: 'outside0',
};
