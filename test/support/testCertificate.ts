import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';
import { loadOrMakeCertificate, type OwnCertificate } from '../../src/server/ownCertificate.ts';

/** The certificate of the tests' servers, made once for a test file. */
export const testCertificate: Promise<OwnCertificate> = makeCertificate();

async function makeCertificate(): Promise<OwnCertificate> {
  await using folder = await makeTemporaryFolder('certificate');
  return await loadOrMakeCertificate(folder.path, ['127.0.0.1', 'localhost']);
}
